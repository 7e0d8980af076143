/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requests of iommufd and of VFIO's own nodes of devices, as Linux 6.6 and later have them
 * (include/uapi/linux/iommufd.h, include/uapi/linux/vfio.h): older headers lack them.
 */
#ifndef VFIOKIT_REHEARSE_IOMMUFD_H
#define VFIOKIT_REHEARSE_IOMMUFD_H

#include <stdint.h>
#include <sys/ioctl.h>

#define REHEARSE_IOAS_ALLOC     _IO(';', 0x81)
#define REHEARSE_IOAS_RANGES    _IO(';', 0x84)
#define REHEARSE_IOAS_MAP       _IO(';', 0x85)
#define REHEARSE_IOAS_UNMAP     _IO(';', 0x86)
#define REHEARSE_BIND_IOMMUFD   _IO(';', 100 + 18)
#define REHEARSE_ATTACH_IOMMUFD _IO(';', 100 + 19)
#define REHEARSE_DETACH_IOMMUFD _IO(';', 100 + 20)

enum { IOAS_MAP_FIXED = 1, IOAS_MAP_WRITEABLE = 2, IOAS_MAP_READABLE = 4 };

struct ioas_alloc { /* struct iommu_ioas_alloc */
	uint32_t size, flags, out_id;
};

struct ioas_ranges { /* struct iommu_ioas_iova_ranges */
	uint32_t size, id, count, reserved;
	uint64_t ranges;    /* address of struct rehearse_range[count] */
	uint64_t alignment; /* answer */
};

struct ioas_map { /* struct iommu_ioas_map */
	uint32_t size, flags, id, reserved;
	uint64_t memory, length, address;
};

struct ioas_unmap { /* struct iommu_ioas_unmap */
	uint32_t size, id;
	uint64_t address, length;
};

struct cdev_bind { /* struct vfio_device_bind_iommufd */
	uint32_t argsz, flags;
	int32_t iommufd;
	uint32_t out_id;
};

struct cdev_attach { /* struct vfio_device_attach_iommufd_pt */
	uint32_t argsz, flags, id;
};

struct cdev_detach { /* struct vfio_device_detach_iommufd_pt */
	uint32_t argsz, flags;
};

#endif
