//! Where the host gets its packages: both formats of apt's sources, read for archives and keys.

/// One archive of the host's apt configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) uri: String,
    pub(super) suite: String,
    /// A key file's path, or a key itself as apt writes it on indented lines.
    pub(super) signed_by: Option<String>,
}

/// Reads one file of `sources.list.d`, by the format its name says.
pub(super) fn parse(name: &str, text: &str) -> Vec<Source> {
    if name.ends_with(".sources") {
        stanzas(text)
    } else {
        lines(text)
    }
}

/// The archives that could carry another suite of Debian, each once and in the host's order: those
/// of whole suites, since security and update archives hold a part only.
pub(super) fn candidates(sources: Vec<Source>) -> Vec<Source> {
    let mut kept: Vec<Source> = Vec::new();
    for source in sources {
        let part = source.suite.contains(['-', '/']);
        if !part && !kept.iter().any(|known| known.uri == source.uri) {
            kept.push(source);
        }
    }
    kept
}

fn lines(text: &str) -> Vec<Source> {
    text.lines().filter_map(line).collect()
}

fn line(text: &str) -> Option<Source> {
    let rest = text.split('#').next()?.trim().strip_prefix("deb")?;
    let rest = rest
        .starts_with([' ', '\t', '['])
        .then(|| rest.trim_start())?;
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace();
    let signed_by = options
        .split_whitespace()
        .find_map(|option| option.strip_prefix("signed-by="));
    Some(Source {
        uri: words.next()?.to_owned(),
        suite: words.next()?.to_owned(),
        signed_by: signed_by.map(str::to_owned),
    })
}

fn stanzas(text: &str) -> Vec<Source> {
    let uncommented: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    uncommented
        .split(|line| line.trim().is_empty())
        .flat_map(stanza)
        .collect()
}

fn stanza(lines: &[&str]) -> Vec<Source> {
    let field = |name: &str| -> Option<String> {
        let at = lines.iter().position(|line| {
            line.split_once(':')
                .is_some_and(|(key, _)| key.eq_ignore_ascii_case(name))
        })?;
        let (_, first) = lines[at].split_once(':')?;
        let more = lines[at + 1..]
            .iter()
            .take_while(|line| line.starts_with([' ', '\t']));
        Some(more.fold(first.trim().to_owned(), |all, line| {
            format!("{all}\n{line}")
        }))
    };
    let words = |name| field(name).unwrap_or_default();
    let off = words("Enabled").eq_ignore_ascii_case("no");
    if off || !words("Types").split_whitespace().any(|kind| kind == "deb") {
        return Vec::new();
    }
    let (uris, suites, signed_by) = (words("URIs"), words("Suites"), field("Signed-By"));
    let pairs = uris.split_whitespace().flat_map(|uri| {
        suites
            .split_whitespace()
            .map(move |suite| (uri.to_owned(), suite.to_owned()))
    });
    pairs
        .map(|(uri, suite)| Source {
            uri,
            suite,
            signed_by: signed_by.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(uri: &str, suite: &str, signed_by: Option<&str>) -> Source {
        Source {
            uri: uri.into(),
            suite: suite.into(),
            signed_by: signed_by.map(Into::into),
        }
    }

    #[test]
    fn both_formats_are_read() {
        let old = "# deb http://a.example/ no main\n\
            deb [arch=amd64 signed-by=/k.gpg] http://a.example/debian bookworm main # note\n\
            deb-src http://a.example/debian bookworm main\n\
            deb http://b.example/debian bookworm main contrib\n";
        assert_eq!(
            parse("sources.list", old),
            [
                source("http://a.example/debian", "bookworm", Some("/k.gpg")),
                source("http://b.example/debian", "bookworm", None),
            ]
        );
        let new = "Types: deb deb-src\n# a comment\nURIs: http://a.example/debian\n\
            Suites: bookworm bookworm-updates\nComponents: main\nSigned-By: /k.gpg\n\n\
            Enabled: no\nTypes: deb\nURIs: http://c.example\nSuites: x\n";
        assert_eq!(
            parse("debian.sources", new),
            [
                source("http://a.example/debian", "bookworm", Some("/k.gpg")),
                source(
                    "http://a.example/debian",
                    "bookworm-updates",
                    Some("/k.gpg")
                ),
            ]
        );
    }

    #[test]
    fn a_key_written_into_the_file_is_kept_whole() {
        let text = "Types: deb\nURIs: http://a.example\nSuites: bookworm\n\
            Signed-By:\n -----BEGIN-----\n .\n abc\nComponents: main\n";
        assert_eq!(
            parse("a.sources", text)[0].signed_by.as_deref(),
            Some("\n -----BEGIN-----\n .\n abc")
        );
    }

    #[test]
    fn archives_of_a_part_and_repeats_are_no_candidates() {
        let all = vec![
            source("http://s.example", "bookworm-security", None),
            source("http://a.example", "bookworm", None),
            source("http://a.example", "bookworm-updates", None),
            source("http://f.example", "stable/", None),
        ];
        assert_eq!(
            candidates(all),
            [source("http://a.example", "bookworm", None)]
        );
    }
}
