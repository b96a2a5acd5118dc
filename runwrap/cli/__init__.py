"""The command line: options to specifications, results to exit statuses; nothing else."""
