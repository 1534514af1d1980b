"""What figures share: style, axes, marks and lines. What a section alone draws stands there."""
