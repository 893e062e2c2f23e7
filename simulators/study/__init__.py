"""Studies: the cities' fleets as discrete events without a wire, as fast as the machine goes."""
