/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host trees for tests, written from short text recipes. The same recipes serve unit tests (inline
 * strings), the golden tests (tests/hosts/NAME.tree) and, through build/tools/mktree, people.
 *
 * A recipe is lines; '#' starts a comment line. Content lines of a file follow it, each behind "| ".
 *
 *   include NAME            another recipe (NAME.tree of the recipe folders) applied here
 *   let NAME VALUE          a word: "@NAME@" in the lines that follow, those of included recipes too,
 *                           stands for VALUE (the rest of the line, or the "| " lines behind it; it may
 *                           be empty). NAME is of a-z and '-'. An empty word takes the blank before it
 *                           along (at the beginning of a line the one behind it), and the whole line
 *                           where nothing else is on it
 *   default NAME VALUE      let, unless NAME has a value by now: whoever includes the recipe may say
 *                           another before
 *   file PATH               its content: the "| " lines that follow, each with a newline
 *   raw PATH                the same without the last newline
 *   hex PATH                content as hex bytes, blanks ignored
 *   dir PATH                an empty directory
 *   link PATH TARGET        a symbolic link, TARGET as written
 *   mode PATH 0400          permission bits
 *   remove PATH             removes a file or a whole directory
 *   fifo PATH               a FIFO
 *   append PATH             adds the "| " lines at the end of a file
 *   cut PATH TEXT           removes the lines that hold TEXT (at least one must)
 *   replace PATH            each occurrence (at least one) of the text of the first "| " line becomes
 *                           the lines behind it, without the last newline
 *   cpio PATH               an initramfs image, not compressed; each "| " line is a member: "NAME" (empty),
 *                           "NAME < PATH" (content of a file of the tree), "NAME -> TARGET" (a link)
 *   uki PATH                a unified kernel image; each "| " line is a section: ".NAME TEXT" or ".NAME < PATH"
 *                           (content of a file of the tree)
 *   loader-variable NAME TEXT   an EFI variable of the boot loader interface (LoaderInfo, StubInfo …)
 *   boot-option NAME PATH   Boot0000: what firmware started, "\EFI\debian\shimx64.efi" of partition 1
 *   module NAME [PARAMETER=VALUE…]   a loaded module: sys/module/NAME and its line in proc/modules
 *   unload NAME             takes it away again
 *   device ADDRESS KEY=VALUE…   a PCI function as sysfs shows it; see below. Given again, it changes
 *                           the keys named and keeps the others (any bar= replaces all bars); with
 *                           another driver, what was put below the function's directory is gone
 *   drop ADDRESS            takes the function and all below it away
 *   iommu-off               takes all groups and units away and clears ACS control: a boot without
 *                           DMA translation (the directories stay, empty)
 *   group N [type=DMA-FQ] [name=TEXT] [region=START-END:TYPE…]   the group's type file; regions
 *                           replace the usual ones (MSI; on AMD also the HyperTransport range)
 *   unit NAME [cap=HEX] [address=HEX]   sys/class/iommu/NAME with intel-iommu/ (dmarN) or amd-iommu/
 *                           (ivhdN, below the function of class 0806 given before); functions given
 *                           later with a group are linked to it
 *   dmar [flags=N] [width=39] STRUCTURE…   writes sys/firmware/acpi/tables/DMAR, checksum right:
 *        drhd:BASE:all | drhd:BASE:SCOPE[,SCOPE…] | rmrr:START-END:SCOPE[,SCOPE…]
 *        SCOPE = ADDRESS below the start bus as "00/1c.0/00.0" (start bus / device.function pairs),
 *        with a leading "b:" for a bridge scope (sub-hierarchy) instead of an endpoint
 *   ivrs STRUCTURE…         writes IVRS; DEVID and ALIAS are hex numbers (0002 is 00:00.2):
 *        ivhd:DEVID:MMIO[:ioapic] | alias:DEVID:ALIAS | ivmd:DEVID:START-END | ivmd-all:START-END
 *   iort                    a minimal valid IORT with one SMMUv3 and one root complex
 *   acpi NAME…              tables that nobody reads (APIC, FACP, SSDT1): a header alone. A real host
 *                           has some; an empty directory of tables looks like a bad capture
 *
 * Keys of device (all optional but id):
 *   below=ADDRESS           the bridge it hangs from (must be given before); else the root bus
 *   id=VVVV:DDDD sub=VVVV:DDDD class=CCSSPP rev=RR
 *   type=endpoint|legacy|root|upstream|downstream|pcie-to-pci|pci-to-pcie|rciep|collector|conventional
 *                           (default: endpoint below a bridge, rciep on the root bus, root for class 0604 on it)
 *   mf=1                    multifunction bit (also set where functions beside function 0 follow)
 *   secondary=BB subordinate=BB   bridges (default: one more than any bus so far)
 *   acs=CAP/CTRL            hex, an ACS capability; acs-wide=: as Intel's 100 to 300 series ports have it
 *   flr=1 af=1 pm=1|noreset msi=1
 *   sriov=TOTAL/ACTIVE[:VFID]  capability (VFID: the VFs' device id) and sysfs files; vf-of=ADDRESS for a VF (physfn, virtfnN links)
 *   driver=NAME             driver link (vfio drivers get vfio-dev/vfioN too)
 *   override=NAME           driver_override (default "(null)")
 *   group=N                 iommu_group link and the member link; "none" as value of driver, group,
 *                           override … takes them away
 *   unit=NAME               the unit that translates it (default: the last one given)
 *   boot_vga=0|1 numa=N power=D0 link=16GT/s:16:16GT/s:16 (speed, width, most of both)
 *   reset=flr,bus           default: what the kernel would find (flr, af, pm, and bus for the first
 *                           function on a bus below a bridge); reset=none
 *   bar=INDEX:SIZE[K|M|G]:io|32|64|64p@ADDRESS   (repeatable; no "@ADDRESS": unassigned)
 *   rom=SIZE[K|M][@ADDRESS]
 *   config=4096|256|64|0|ff|none    how much of configuration space is there (default 4096;
 *                           conventional: 256)
 *   slot=N                  sys/bus/pci/slots/N with the address
 */
#ifndef VFIOKIT_TESTS_TREE_H
#define VFIOKIT_TESTS_TREE_H

#include "preflight/error.h"
#include "preflight/facts/facts.h"

/* Applies a recipe below directory (created where missing). recipe_folder is where include looks:
 * one folder, or several with ':' between, of which the first that has the recipe counts. 0, or -errno with the line number in error. */
int tree_build(const char *directory, const char *recipe, const char *recipe_folder,
	       struct error *error);

struct tree;

/* A new temporary directory with the recipe applied; a recipe error fails the cmocka test. */
struct tree *tree_new(const char *recipe);
/* Applies more lines to it. */
void tree_add(struct tree *tree, const char *recipe);
const char *tree_path(const struct tree *tree);
/* The tree as a host, and the facts collected from it; both belong to the tree. */
struct host *tree_host(struct tree *tree);
struct facts **tree_facts_place(struct tree *tree);
/* In the header so that only tests that ask for all facts need all collectors. */
static inline struct facts *tree_facts(struct tree *tree)
{
	struct facts **facts = tree_facts_place(tree);

	if (!*facts)
		*facts = facts_collect(tree_host(tree));
	return *facts;
}
/* Removes everything. */
void tree_free(struct tree *tree);

#endif
