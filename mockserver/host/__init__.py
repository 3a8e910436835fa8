"""The one place that touches sockets: ports, the bounds on a request's head, start, stop and what is logged."""
