"""May this go out now? The gate and the fallback ladder."""
