"""Records as the control plane shows them (CONTROL.md): the same shapes in every dialect. Pure."""
