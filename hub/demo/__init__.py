"""A network of simulated platforms: what `hub demo` harvests. Every figure, title and place in it is made up."""
