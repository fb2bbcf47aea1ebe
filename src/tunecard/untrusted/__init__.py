"""Files that somebody else wrote: opened in one way, parsed within bounds, so that none hangs or fills a machine."""
