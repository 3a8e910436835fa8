"""What the MindVideo API promises, as data (JSON, TOML): models, clauses, open questions, the OpenAPI document."""
