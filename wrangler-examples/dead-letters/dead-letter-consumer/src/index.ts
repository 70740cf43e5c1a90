export default {
  async queue(batch): Promise<void> {
    for (const message of batch.messages) {
      console.log("somebody should look at", message.body, `(attempt ${message.attempts} on ${batch.queue})`);
    }
  },
} satisfies ExportedHandler;
