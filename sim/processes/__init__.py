"""Who does what: the working days of sellers, desks, outlets and halls as SimPy processes."""
