//! The session in a README: what a person types, and what is seen.
//!
//! Blocks that open with `console` make the session, in their order. A line that begins with `$ ` is typed;
//! the lines below it are what its terminal shows. A block without a command goes on with what the session
//! shows, and `^C` interrupts it.

/// Something that a person does or sees.
#[derive(Debug, PartialEq)]
pub enum Step {
    /// `qemu-dev` is started with these arguments.
    Start(Vec<String>),
    /// Another command, which shows these lines.
    Run(Vec<String>, Vec<String>),
    /// The session shows these lines.
    See(Vec<String>),
    /// The session is interrupted, and ends well.
    Interrupt,
}

/// What stands for the program in a README that is read beside the sources.
const PROGRAM: &str = "cargo run --release -- ";

/// The steps of a README.
pub fn steps(readme: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = readme.lines();
    while lines.by_ref().any(|line| line == "```console") {
        let mut block = lines.by_ref().take_while(|line| *line != "```").peekable();
        let command = block.next_if(|line| line.starts_with("$ "));
        let shown: Vec<String> = block.map(str::to_owned).collect();
        match command.map(|command| &command[2..]) {
            Some(command) => match command.strip_prefix(PROGRAM) {
                Some(arguments) => {
                    steps.push(Step::Start(words(arguments)));
                    see(&shown, &mut steps);
                }
                None => steps.push(Step::Run(words(command), shown)),
            },
            None => see(&shown, &mut steps),
        }
    }
    steps
}

fn see(shown: &[String], steps: &mut Vec<Step>) {
    let mut seen = Vec::new();
    for line in shown {
        match line.strip_prefix("^C") {
            Some(rest) => {
                steps.extend([Step::See(std::mem::take(&mut seen)), Step::Interrupt]);
                seen.push(rest.to_owned());
            }
            None => seen.push(line.clone()),
        }
    }
    steps.push(Step::See(seen));
}

/// The words of a command as a shell splits them; quotes keep a word together.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in command.chars() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if letter == '"' || letter == '\'' => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            None if letter == ' ' => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[test]
fn a_readme_becomes_steps() {
    let readme = "# x\n```sh\n$ no\n```\n```console\n$ cargo run --release -- dev -c 'a b'\n…\nReady\n```\n\
        ```console\n$ curl u -d '{\"a\": 1}'\nok\n```\n```console\none\n^CBye\n```\n";
    let strings = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        steps(readme),
        [
            Step::Start(strings(&["dev", "-c", "a b"])),
            Step::See(strings(&["…", "Ready"])),
            Step::Run(strings(&["curl", "u", "-d", "{\"a\": 1}"]), strings(&["ok"])),
            Step::See(strings(&["one"])),
            Step::Interrupt,
            Step::See(strings(&["Bye"])),
        ]
    );
}
