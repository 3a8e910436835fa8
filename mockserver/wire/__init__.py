"""Records to JSON and back, in the account's dialect. Pure; the only place that knows ISO 8601 and error envelopes."""
