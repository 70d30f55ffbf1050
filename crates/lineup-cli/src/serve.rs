//! `lineup serve`: runs the embedded services for other clients.

use lineup::shown::{self, LINE, one_line};
use lineup_web::WebOptions;

use crate::args::{Place, ServeArgs};
use crate::exit::{CommandError, Exit};
use crate::session::Session;
use crate::web::WebPages;
use crate::{interrupt, output};

/// Fails if a stack is named: its services run on AWS.
pub(crate) fn check(place: &Place) -> Result<(), CommandError> {
    match &place.stack {
        None => Ok(()),
        Some(stack) => Err(CommandError::Usage(format!(
            "the services of stack {stack} run on AWS; `serve` is for the embedded ones, without --stack"
        ))),
    }
}

/// Prints how to reach the services, then the messages that subscribers get, until Ctrl-C.
pub(crate) async fn run(session: &Session, args: &ServeArgs) -> anyhow::Result<Exit> {
    let web = WebPages::start(&session.target, args.port, WebOptions::default()).await?;
    let ended = until_interrupted(session, &web).await;
    web.close().await;
    ended.map(|()| Exit::Succeeded)
}

async fn until_interrupted(session: &Session, web: &WebPages) -> anyhow::Result<()> {
    output::line(introduction(session, web.address()))?;
    tokio::select! {
        result = print_messages(session) => result?,
        signal = interrupt::requested() => signal?,
    }
    Ok(())
}

async fn print_messages(session: &Session) -> std::io::Result<()> {
    while let Some(published) = session.next_message().await {
        let subject = published.subject.unwrap_or_default();
        let message = shown::lines(published.message.trim_end());
        output::line(format_args!("--- {} {}\n{message}\n", published.timestamp, one_line(&subject, LINE)))?;
    }
    Ok(())
}

/// The address of the pages, variables to paste into a shell, and commands to try. The last line begins with "Ready".
fn introduction(session: &Session, address: &str) -> String {
    let mut text = format!(
        "Web  {address}\n\nOpen this address for the timetable and the imports. Paste this where you work with the services:\n\n"
    );
    for (name, value) in session.environment() {
        text.push_str(&format!("export {name}={value}\n"));
    }
    let target = &session.target;
    let (uploads, imports, machine) =
        (&target.uploads_bucket, &target.imports_bucket, &target.state_machine_arn);
    let table = &target.tables.performances;
    text.push_str(&format!(
        "
Then, for example:

  aws s3 cp samples/lineup.csv s3://{uploads}/
  aws stepfunctions list-executions --state-machine-arn {machine}
  aws dynamodb query --table-name {table} --key-condition-expression 'Performer = :p' \\
      --expression-attribute-values '{{\":p\": {{\"S\": \"Megan Thee Stallion\"}}}}'
  aws s3 ls --recursive s3://{imports}/

Ready: an upload starts an import, and its message is printed here. Ctrl-C ends the services; the data stays."
    ));
    text
}
