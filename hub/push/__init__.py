"""What metropoles send: batches, snapshots, receipts. The same door, store and guards as harvesting."""
