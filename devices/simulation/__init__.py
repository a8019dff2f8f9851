"""A simulated body and a room of simulated monitors that speak over real ports."""
