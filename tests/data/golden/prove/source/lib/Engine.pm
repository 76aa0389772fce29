package Engine;
use strict;
use warnings;

sub add { return $_[0] + $_[1] }

sub total {
    my $sum = 0;
    $sum += _check($_) for @_;
    return $sum;
}

sub _check {
    my ($value) = @_;
    die "negative value: $value\n" if $value < 0;
    return $value;
}

sub ratio {
    my ( $left, $right ) = @_;
    return $left / $right;
}

1;
