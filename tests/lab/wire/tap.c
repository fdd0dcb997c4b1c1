/* Linux TUN/TAP: Documentation/networking/tuntap.rst. */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int tap_open(const char *name, bool offload)
{
	struct ifreq request = {0};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (strlen(name) >= sizeof(request.ifr_name)) {
		errno = ENAMETOOLONG;
		goto fail;
	}
	memcpy(request.ifr_name, name, strlen(name));
	request.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | (offload ? IFF_VNET_HDR : 0));
	if (ioctl(fd, TUNSETIFF, &request) != 0)
		goto fail;
	if (offload) {
		int vnet_bytes = TAP_VNET_BYTES;

		if (ioctl(fd, TUNSETVNETHDRSZ, &vnet_bytes) != 0 ||
		    ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) != 0)
			goto fail;
	}
	return fd;

fail:;
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}
