"""The speed of the house, as ratios to code written by hand, measured side by side."""
