/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration space written by hand, for tests of parse/config.h. Include cmocka.h first. */
#ifndef VFIOKIT_TESTS_CONFIG_IMAGE_H
#define VFIOKIT_TESTS_CONFIG_IMAGE_H

#include "preflight/parse/config.h"

/* Configuration space under construction. */
struct image {
	uint8_t bytes[4096];
};

static inline void put8(struct image *image, size_t at, unsigned value)
{
	image->bytes[at] = (uint8_t)value;
}

static inline void put16(struct image *image, size_t at, unsigned value)
{
	put8(image, at, value & 0xff);
	put8(image, at + 1, value >> 8);
}

static inline void put32(struct image *image, size_t at, uint32_t value)
{
	put16(image, at, value & 0xffff);
	put16(image, at + 2, value >> 16);
}

/* A conventional capability at `at`, followed by the one at next. */
static inline void put_capability(struct image *image, size_t at, unsigned id, unsigned next)
{
	put16(image, at, id | next << 8);
}

static inline void put_extended(struct image *image, size_t at, unsigned id, unsigned next)
{
	put32(image, at, id | 1u << 16 | next << 20);
}

/* A function without capabilities. */
static inline struct image image_plain(unsigned header_type)
{
	struct image image = {0};

	put16(&image, 0x00, 0x10de);
	put16(&image, 0x02, 0x2704);
	put16(&image, 0x04, 0x0407);
	put32(&image, 0x08, 0x030000a1);
	put8(&image, 0x0e, header_type);
	put16(&image, 0x2c, 0x1043);
	put16(&image, 0x2e, 0x88e2);
	put8(&image, 0x3d, 1);
	return image;
}

/* A PCI Express function: one capability of device/port type `type` at 0x40. */
static inline struct image image_express(unsigned header_type, unsigned type)
{
	struct image image = image_plain(header_type);

	put16(&image, 0x06, 0x0010);
	put8(&image, 0x34, 0x40);
	put_capability(&image, 0x40, 0x10, 0);
	put16(&image, 0x42, 0x2 | type << 4);
	return image;
}

/* Parses a copy that ends exactly where the bytes end, so that a sanitizer sees each byte too far. */
static inline struct config_space parse(const struct image *image, size_t length)
{
	_cleanup_free_ uint8_t *copy = malloc(length ? length : 1);
	struct config_space config;

	assert_non_null(copy);
	memcpy(copy, image->bytes, length);
	config_parse(copy, length, &config);
	return config;
}

#endif
