"""The rung of sibling containers: each run in a container of its own, made by the container engine of the machine."""
