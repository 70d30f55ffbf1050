use aws_sdk_sns::Client;
use aws_sdk_sns::error::ProvideErrorMetadata;
use embedded_aws::topic_arn;

use crate::run::{TOPIC, client, everything};

#[tokio::test(flavor = "multi_thread")]
async fn a_published_message_is_kept_and_passed_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut embedded = everything(folder.path()).await;
    let client = Client::new(&client(embedded.endpoints().sns.as_ref().unwrap()).await);
    let topics = client.list_topics().send().await.unwrap();
    let topic = topics.topics()[0].topic_arn().unwrap().to_owned();
    assert_eq!(topic, topic_arn(TOPIC));
    let publish =
        client.publish().topic_arn(topic).subject("Imported: 3 rows").message("Beyoncé & co\n<all>");
    let id = publish.send().await.unwrap().message_id.unwrap();
    let message = embedded.messages().unwrap().recv().await.unwrap();
    assert_eq!(message.message_id.to_string(), id);
    assert_eq!(message.subject.as_deref(), Some("Imported: 3 rows"));
    assert_eq!(message.message, "Beyoncé & co\n<all>");
    let kept = std::fs::read_to_string(folder.path().join("sns/news.jsonl")).unwrap();
    assert_eq!(serde_json::from_str::<embedded_aws::Published>(kept.trim()).unwrap(), message);
    embedded.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sns_would_refuse_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = everything(folder.path()).await;
    let client = Client::new(&client(embedded.endpoints().sns.as_ref().unwrap()).await);
    let long = "x".repeat(256 * 1024 + 1);
    for (subject, message) in [("two\nlines", "hello"), ("Beyoncé", "hello"), ("ok", long.as_str())] {
        let publish = client.publish().topic_arn(topic_arn(TOPIC)).subject(subject).message(message);
        assert_eq!(publish.send().await.unwrap_err().code(), Some("InvalidParameter"), "{subject}");
    }
    let nowhere = client.publish().topic_arn(topic_arn("nowhere")).message("hello").send().await;
    assert_eq!(nowhere.unwrap_err().code(), Some("NotFound"));
}
