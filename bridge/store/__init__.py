"""The database: schema, transactions, queues, and what is known of posts, rooms and ballots."""
