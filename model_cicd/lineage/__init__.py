"""Where a version comes from: code, data, execution, jobs, metrics, who decided, what serves."""
