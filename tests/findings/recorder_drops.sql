-- The recorder says that its kernel dropped a hundred packets.
UPDATE captures SET host = 'probe', interface = 'eth0', kernel_drops = 100;
