# The small site for PSGI: the release's version, and /echo, which gives a body back.
open my $file, "<", "version" or die "version: $!";
my $version = <$file>;
sub {
    my $request = shift;
    my $body = $version;
    if ($request->{PATH_INFO} eq "/echo") {
        $request->{"psgi.input"}->read($body, $request->{CONTENT_LENGTH});
    }
    return [200, ["Content-Type" => "text/plain", "Content-Length" => length $body], [$body]];
};
