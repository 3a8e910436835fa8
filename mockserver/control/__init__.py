"""The control plane: what a dashboard's user, a test and an operator can do (CONTROL.md). Imported on first use."""
