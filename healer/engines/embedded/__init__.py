"""Program repair without a model: templates as pure functions, ordered by what the failure and the history say."""
