// The load loop of a loader in Go: encoding/csv into BatchWriteItem of the AWS SDK for Go v1.
//
//	batch_write FILE ENDPOINT ROWS
package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/credentials"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/dynamodb"
)

const (
	table      = "Performances"
	batchItems = 25
	shards     = 16
)

type columns map[string]int

// item has the attributes of a row, including those of the indexes. Their number and sizes are those of `load`.
func (of columns) item(row []string) map[string]*dynamodb.AttributeValue {
	text := func(value string) *dynamodb.AttributeValue { return &dynamodb.AttributeValue{S: aws.String(value)} }
	performer, stage, date, start := row[of["Performer"]], row[of["Stage"]], row[of["Date"]], row[of["Start"]]
	performance := date + "#" + start + "#" + stage
	shard := crc32.ChecksumIEEE([]byte(performer+performance)) % shards
	return map[string]*dynamodb.AttributeValue{
		"Performer":       text(performer),
		"Performance":     text(performance),
		"Stage":           text(stage),
		"Date":            text(date),
		"Start":           text(start),
		"End":             text(row[of["End"]]),
		"StageDay":        text(stage + "#" + date),
		"StartPerformer":  text(start + "#" + performer),
		"PopularityShard": text("POP#" + strconv.Itoa(int(shard))),
		"Popularity":      {N: aws.String(row[of["Popularity"]])},
	}
}

// write sends a batch until all of its items are processed.
func write(client *dynamodb.DynamoDB, batch []*dynamodb.WriteRequest) error {
	for len(batch) > 0 {
		answer, err := client.BatchWriteItem(&dynamodb.BatchWriteItemInput{
			RequestItems:           map[string][]*dynamodb.WriteRequest{table: batch},
			ReturnConsumedCapacity: aws.String(dynamodb.ReturnConsumedCapacityTotal),
		})
		if err != nil {
			return err
		}
		batch = answer.UnprocessedItems[table]
	}
	return nil
}

func load(reader *csv.Reader, client *dynamodb.DynamoDB, rows int) error {
	header, err := reader.Read()
	if err != nil {
		return err
	}
	of := columns{}
	for index, name := range header {
		of[name] = index
	}
	batch := make([]*dynamodb.WriteRequest, 0, batchItems)
	for range rows {
		row, err := reader.Read()
		if err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		batch = append(batch, &dynamodb.WriteRequest{PutRequest: &dynamodb.PutRequest{Item: of.item(row)}})
		if len(batch) == batchItems {
			if err := write(client, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return write(client, batch)
}

func processorSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return (time.Duration(usage.Utime.Nano()) + time.Duration(usage.Stime.Nano())).Seconds()
}

func run(path, endpoint string, rows int) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	configured, err := session.NewSession(&aws.Config{
		Credentials: credentials.NewStaticCredentials("local", "local", ""),
		Endpoint:    aws.String(endpoint),
		Region:      aws.String("us-east-1"),
	})
	if err != nil {
		return err
	}
	before := processorSeconds()
	if err := load(csv.NewReader(file), dynamodb.New(configured), rows); err != nil {
		return err
	}
	took := map[string]any{"rows": rows, "processor": processorSeconds() - before, "sdk": aws.SDKVersion}
	return json.NewEncoder(os.Stdout).Encode(took)
}

func main() {
	rows, err := strconv.Atoi(os.Args[3])
	if err == nil {
		err = run(os.Args[1], os.Args[2], rows)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
