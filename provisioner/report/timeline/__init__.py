"""What happens when: the events of a plan, drawn for a terminal and as SVG."""
