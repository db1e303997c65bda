"""The SimPy model of sales and channel support while two sales forces become one."""
