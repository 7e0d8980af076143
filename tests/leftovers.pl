# SPDX-License-Identifier: GPL-2.0-or-later
# Finds English in output that went through a catalogue with an accent on every vowel: three words in a row without
# one. Evidence, commands, diffs and what a host calls itself stay as they are, and are passed over.
#
#   leftovers.pl NAME <OUTPUT     prints "NAME: LINE" for each line with English in it
use strict;
use warnings;
use utf8;
binmode(STDIN, ':encoding(UTF-8)');
binmode(STDOUT, ':encoding(UTF-8)');
my $name = shift;
my $diff = 0;
while (my $line = <STDIN>) {
	chomp $line;
	# Evidence: a path, dmesg or a pasted text, a colon (with a line number) or an arrow, then what stood there.
	next if $line =~ m{^ {4,}(/|dmesg|\S*\.(json|txt|ini|md)|kernel log|\S+:\d+:)\S*(: | -> |$)};
	next if $line =~ m{^\s+(sudo )?vfiokit };
	# Why somebody has waived a finding.
	next if $line =~ m{\(\S+\.ini:\d+\): };
	my $text = $line;
	$text =~ s{https?://\S+}{}g;
	# Further lines of evidence, and what people type.
	next if $line =~ /^ {10}\S/;
	next if $line =~ /^ {8}(apt|dnf|zypper|pacman|systemctl|transactional-update|mkdir|install|mv|cp) /;
	# Files and their changes.
	$diff = 1 if $line =~ /^  --- /;
	$diff = 0 unless $line =~ /^  [-+@ ]/;
	next if $diff;
	next if $line =~ /^ +softdep \S+ pre: /;
	# Words of at least one vowel, all of them without an accent.
	next unless $text =~ /(?:^|[ (])([a-z]*[aeiou][a-z]*,? [a-z]*[aeiou][a-z]*,? [a-z]*[aeiou][a-z]*)(?=[ ,.:;)]|$)/;
	print "$name: $line\n";
}
