# SPDX-License-Identifier: GPL-2.0-or-later
# Compares both sides of a catalogue: {placeholders}, options, paths, check ids and parameters are the same. Prints
# what differs and ends with 1.
#
#   catalogue.pl CATALOGUE
use strict;
use warnings;
use utf8;
binmode(STDOUT, ':encoding(UTF-8)');
my $catalogue = shift;
open(my $file, '-|:encoding(UTF-8)', 'msgcat', '--no-wrap', $catalogue) or die "$catalogue: $!\n";
my $bad = 0;

# What stays as it is in every language, as a sorted list.
sub fixed {
	my $text = shift;
	my %seen;
	$seen{$1}++ while $text =~ /(\{[a-z_]+\})/g;
	$seen{$1} = 1 while $text =~ m{(?<![\w-])(--[a-z][a-z-]+)}g;
	$seen{$1} = 1 while $text =~ m{(?<![\w.])(/(?:etc|sys|dev|proc|boot|lib|usr|var)/[A-Za-z0-9_./*-]*[A-Za-z0-9_*])}g;
	$seen{$1} = 1 while $text =~ m{\b((?:iommu|group|driver|boot|initramfs|device|limits|vfio|host|platform)\.[a-z]+-[a-z-]+)\b}ga;
	$seen{$1} = 1 while $text =~ m{\b([a-z0-9_.]+=[a-z0-9_,:]+)\b}ga;
	$seen{$1} = 1 while $text =~ m{\b(vfiokit (?:preflight|list|explain|capture|configure|rollback|detach|attach|rehearse|handover))\b}ga;
	return join(' ', map { "$_ ($seen{$_})" } sort keys %seen);
}

local $/ = '';
while (my $block = <$file>) {
	my ($english, $plural, $translated) = ('', '', '');
	my $to = \my $nothing;
	for my $line (split /\n/, $block) {
		next if $line =~ /^#/;
		$to = \$plural if $line =~ s/^msgid_plural //;
		$to = \$english if $line =~ s/^msgid //;
		$to = \$translated if $line =~ s/^msgstr(\[0\])? //;
		$$to .= $1 if $line =~ /^"(.*)"$/;
	}
	next if $english eq '' || $translated eq '';
	my ($wanted, $found) = (fixed($plural || $english), fixed($translated));
	next if $wanted eq $found;
	print "$english\n  has $wanted\n  not $found\n";
	$bad = 1;
}
exit $bad;
