from workers import WorkerEntrypoint


class Default(WorkerEntrypoint):
    async def queue(self, batch):
        for message in batch.messages:
            order = message.body
            if batch.queue == "shipments":
                print(f"shipping {order.item}")
            elif order.item == "boat" and message.attempts == 1:
                print(f"the {order.item} is not ready, again in a second")
                message.retry(delaySeconds=1)
            else:
                await self.env.SHIPMENTS.send(order)
