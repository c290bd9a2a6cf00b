"""From a question to an answer whose record is durable before it leaves."""
