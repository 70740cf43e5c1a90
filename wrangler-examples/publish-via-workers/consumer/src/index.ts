export default {
  async queue(batch): Promise<void> {
    for (const message of batch.messages) {
      console.log("received", message.body);
    }
  },
} satisfies ExportedHandler;
