/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight/facts/initramfs.h"
#include "preflight/generators/generator.h"

static const struct generator_kind *const kinds[] = {
	&generator_initramfs_tools,
	&generator_dracut,
	&generator_mkinitcpio,
	&generator_booster,
};

/* What speaks for a generator, best first; NULL where nothing of that kind does. */
struct claim {
	const struct generator_kind *kind;
	const char *program, *hook, *config;
};

static const char *first_existing(const struct host *host, const char *const *paths)
{
	for (; *paths; paths++)
		if (host_exists(host, *paths) == 0)
			return *paths;
	return NULL;
}

static void collect_claims(const struct host *host, struct claim claims[ARRAY_SIZE(kinds)])
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		claims[i] = (struct claim){
			.kind = kinds[i],
			.program = first_existing(host, kinds[i]->programs),
			.hook = first_existing(host, kinds[i]->hooks),
			.config = first_existing(host, kinds[i]->configs),
		};
}

static bool has_program(const struct claim *claim)
{
	return claim->program;
}

static bool has_hook(const struct claim *claim)
{
	return claim->hook;
}

/* Keeps the claims that have this evidence, or all where none has. */
static size_t narrow(struct claim *claims, size_t count, bool (*has)(const struct claim *))
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (has(&claims[i]))
			claims[kept++] = claims[i];
	return kept ? kept : count;
}

/* The images of the next boot are the ones that say who makes them; microcode says nothing. */
static const struct initramfs_image *telling_image(const struct facts *facts)
{
	for_each (image, &facts->initramfs.images)
		if (image->made_by != GENERATOR_UNKNOWN && facts_image_matters(facts, image))
			return image;
	return NULL;
}

static const char *claim_source(struct arena *arena, const struct claim *claim)
{
	const char *path = claim->program  ? claim->program
			   : claim->config ? claim->config
					   : claim->hook;

	return arena_printf(arena, "/%s", path);
}

static void take_claim(struct facts *facts, const struct claim *claim)
{
	facts->initramfs.generator = claim->kind->generator;
	facts->initramfs.generator_source = claim_source(facts->arena, claim);
	facts->initramfs.ambiguous = NO;
}

/* Two are installed: what made the image decides, then who is called for new kernels. */
static void choose(struct facts *facts, struct claim *claims, size_t count)
{
	const struct initramfs_image *image = telling_image(facts);

	for (size_t i = 0; image && i < count; i++)
		if (claims[i].kind->generator == image->made_by) {
			take_claim(facts, &claims[i]);
			facts->initramfs.generator_source =
				arena_printf(facts->arena, "/%s", image->path);
			return;
		}
	if (count > 1)
		count = narrow(claims, count, has_hook);
	if (count == 1) {
		take_claim(facts, &claims[0]);
	} else if (count > 1) {
		facts->initramfs.ambiguous = YES;
		facts->initramfs.generator_source = claim_source(facts->arena, &claims[0]);
	} else if (image) {
		facts->initramfs.generator = image->made_by;
		facts->initramfs.generator_source = arena_printf(facts->arena, "/%s", image->path);
		facts->initramfs.ambiguous = NO;
	}
}

static void detect(struct facts *facts, const struct host *host)
{
	struct claim claims[ARRAY_SIZE(kinds)];
	size_t count = 0;

	collect_claims(host, claims);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (claims[i].program || claims[i].config)
			claims[count++] = claims[i];
	/* Configuration outlives the packages that it was for. */
	count = narrow(claims, count, has_program);
	choose(facts, claims, count);
}

static void read_settings(struct facts *facts, const struct host *host)
{
	_cleanup_arena_ struct arena *scratch = arena_new();
	struct generator_reader reader = {.facts = facts, .host = host, .scratch = scratch};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i]->generator == facts->initramfs.generator) {
			kinds[i]->read(&reader);
			facts->initramfs.settings_known = truth_of(!reader.failed);
		}
}

void facts_collect_initramfs(struct facts *facts, const struct host *host, bool read_images)
{
	facts_list_images(facts, host);
	for_each (image, &facts->initramfs.images)
		if (read_images && facts_image_matters(facts, image))
			facts_read_image(facts, host, image);
	facts_join_images(facts);
	detect(facts, host);
	read_settings(facts, host);
}
