"""What a server and a network do to a client: one fault a file, its fields its configuration (HARNESS.md §2).

Faults live around the API and never in it. They never touch the control plane.
"""
