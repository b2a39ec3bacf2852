"""UCP put together: a checkout of a platform is orders of our trade, at the quotes that it was shown."""
