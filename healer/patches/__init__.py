"""From a model's words to gated bytes: read the reply, place it by content, judge the result."""
