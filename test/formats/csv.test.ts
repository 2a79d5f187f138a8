import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CsvReader, parseCsv } from "../../src/formats/csv.ts";
import { expectRefusal, FUZZ_RUNS, mutatedText, refusal } from "../support/mutations.ts";

const rowsOf = (text: string) => parseCsv(text, "f.csv").rows;

describe("parseCsv", () => {
  test("reads header and rows, cells as they are", () => {
    expect(parseCsv("a,b c,\n1, 2 ,\n,,3", "f.csv")).toEqual({
      header: ["a", "b c", ""],
      rows: [
        ["1", " 2 ", ""],
        ["", "", "3"],
      ],
    });
    expect(parseCsv("a,b", "f.csv")).toEqual({ header: ["a", "b"], rows: [] });
  });

  test.each(["\n", "\r\n", "\r"])("lines end in %j, the last one or not", (end) => {
    const lines = ["a,b", "1,2", '"3\n3",4', "5,"];
    for (const text of [
      lines.join(end),
      lines.join(end) + end,
      `${end}${lines.join(end + end)}${end}${end}`,
    ]) {
      expect(rowsOf(text)).toEqual([
        ["1", "2"],
        ["3\n3", "4"],
        ["5", ""],
      ]);
    }
  });

  test("quotes hold delimiters, line ends and doubled quotes", () => {
    expect(rowsOf('a,b\n"1,2","say ""hi"""\n"","\r\n"\n""""," "')).toEqual([
      ["1,2", 'say "hi"'],
      ["", "\r\n"],
      ['"', " "],
    ]);
  });

  test("leaves out a byte order mark", () => {
    expect(parseCsv('\ufeff"a",b\n1,2', "f.csv").header).toEqual(["a", "b"]);
  });

  test.each([
    ["a;b,c;d\n1;2;3", ["a", "b,c", "d"]],
    ["a\tb;c\td\n1\t2\t3", ["a", "b;c", "d"]],
    ['"a;;;b",c\n1,2', ["a;;;b", "c"]],
    ["a;b,c\n1,2", ["a;b", "c"]],
    ["a\n1;2", ["a"]],
  ])("finds the delimiter of %j in its header", (text, header) => {
    expect(parseCsv(text, "f.csv").header).toEqual(header);
  });

  test("any table comes back", () => {
    const cell = fc.string({ unit: fc.constantFrom(...'ab1 ,;\t"\r\n'), maxLength: 6 });
    const table = fc
      .integer({ min: 2, max: 5 })
      .chain((columns) =>
        fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1 }),
      );
    fc.assert(
      fc.property(
        table,
        fc.constantFrom(",", ";", "\t"),
        fc.constantFrom("\n", "\r\n", "\r"),
        (rows, mark, end) => {
          const written = rows
            .map((row) => row.map((own) => `"${own.replaceAll('"', '""')}"`).join(mark))
            .join(end);
          expect(parseCsv(written, "f.csv")).toEqual({ header: rows[0], rows: rows.slice(1) });
        },
      ),
    );
  });

  test.each([
    ["", "expected a header line, got nothing"],
    ["\ufeff\r\n\n", "expected a header line, got nothing"],
    ["a,b\n1,2\n3\n", "line 3: expected 2 columns as in the header, got 1"],
    ["a,b\n\n\r\n1,2,3,4\n", "line 4: expected 2 columns as in the header, got 4"],
    ['a,b\n"1\n2",3\n4', "line 4: expected 2 columns as in the header, got 1"],
    ["a,b\n1,2\n ", "line 3: expected 2 columns as in the header, got 1"],
    ['a,b\n1,2"x\n', 'line 2, column 2: expected quotes around all or none, got "2\\"x"'],
    ['a,b\n1, "2"\n', 'line 2, column 2: expected quotes around all or none, got " \\"2\\""'],
    ['a,b\n"1\n"2,3\n', 'line 2, column 1: expected the cell to end at its quote, got "2" behind it'],
    ['a,b\n1,"2\n3\n', "line 2, column 2: expected a quote that ends the cell, got the end of the file"],
    ['a,"b\n', "line 1, column 2: expected a quote that ends the cell, got the end of the file"],
  ])("refuses %j", (text, message) => {
    expect(refusal(() => parseCsv(text, "f.csv"))).toBe(`f.csv: ${message}`);
  });

  test("CsvReader.maxRows is at least the rows, at most what the text can hold", () => {
    for (const text of [
      "a,b\n1,2\n3,4",
      "a,b\r1,2\r\r\n3,4\n",
      "a,b",
      "a,b\n,\n,",
      "a\n1\n2\n3",
      "a,b,c\n\n\n\n\n\n",
    ]) {
      const reader = new CsvReader(text, "f.csv");
      expect(reader.maxRows()).toBeGreaterThanOrEqual(rowsOf(text).length);
      expect(reader.maxRows() * reader.header.length).toBeLessThanOrEqual(text.length + 2);
    }
  });

  test(`gives a table or a refusal, ${FUZZ_RUNS} times`, () => {
    const good = 'id,name,"x, y"\r\n1,"Ann ""A""",2.5\r\n2,"multi\nline",-3\r\n';
    const tokens = ['"', ",", ";", "\t", "\r", "\n", '""', "\ufeff", "é", " "];
    let refused = 0;
    fc.assert(
      fc.property(mutatedText(good, tokens), (text) => {
        try {
          const { header, rows } = parseCsv(text, "f.csv");
          expect(rows.every((row) => row.length === header.length)).toBe(true);
        } catch (error) {
          expectRefusal(error, "f.csv");
          refused++;
        }
      }),
      { numRuns: FUZZ_RUNS },
    );
    expect(refused).toBeGreaterThan(FUZZ_RUNS / 10);
    expect(refused).toBeLessThan(FUZZ_RUNS);
  });

  test("hostile megabytes in bounded time", () => {
    const long = 1_000_000;
    for (const part of ['"', '""', ",", "\r", "\n", '"\n', ",\n", '",'])
      try {
        parseCsv(`a,b\n${part.repeat(long)}`, "f.csv");
      } catch (error) {
        expectRefusal(error, "f.csv");
      }
  }, 10_000);
});
