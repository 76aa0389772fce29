use strict;
use warnings;
use Test::More;
use Engine;

is( Engine::add( 1, 2 ), 3, 'adds' );
is( Engine::add( 1, 2 ), 4, 'adds wrong' );
is_deeply( { a => 1, list => [ 1, 2 ] }, { a => 1, list => [ 1, 3 ] }, 'structures <differ> & ]]>' );
ok( 0 );
like( 'text', qr/other/, 'a pattern # with a hash' );

SKIP: {
    skip 'not today', 1;
    ok( 0, 'skipped' );
}

TODO: {
    local $TODO = 'known fault';
    ok( 0, 'todo fails' );
    ok( 1, 'todo passes' );
}

subtest 'group' => sub {
    plan tests => 2;
    ok( 1, 'inner passes' );
    is( Engine::add( 2, 2 ), 5, 'inner fails' );
};

print "<out> & ]]> \e[31mred\e[0m \x01\n";
diag "a word on stderr";
done_testing();
