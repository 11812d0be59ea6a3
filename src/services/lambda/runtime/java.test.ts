import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { bootstrapPath } from './files.ts'
import { TestBed } from './testing/bed.ts'
import type { FunctionImage } from './types.ts'

const bed = new TestBed()
after(() => bed.close())

const API = 'com.amazonaws.services.lambda.runtime'
const SOURCES = {
  'app/Typed.java': `package app;
import ${API}.*;
import java.util.*;
public class Typed implements RequestHandler<Typed.In, Typed.Out> {
  private int n;
  public static class In {
    private String detailType; private List<Integer> sizes; private Map<String, Double> shares;
    public void setDetailType(String text) { detailType = text; }
    public void setSizes(List<Integer> list) { sizes = list; }
    public void setShares(Map<String, Double> map) { shares = map; }
  }
  public static class Out {
    private final String text; private final long sum;
    Out(String text, long sum) { this.text = text; this.sum = sum; }
    public String getText() { return text; }
    public long getSum() { return sum; }
    public List<String> getTags() { return Arrays.asList("a\\"b", "ü"); }
    public boolean isOdd() { return sum % 2 == 1; }
  }
  public Out handleRequest(In in, Context context) {
    context.getLogger().log("one\\ntwo\\n");
    System.out.println("pläin " + context.getAwsRequestId());
    if (in.sizes == null) throw new IllegalStateException("no sizes");
    return new Out(in.detailType + ++n + in.shares, in.sizes.stream().mapToLong(i -> i).sum());
  }
}`,
  'app/Streams.java': `package app;
import ${API}.*;
import java.io.*;
public class Streams implements RequestStreamHandler {
  public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException {
    in.transferTo(out);
  }
}`,
  'app/Plain.java': `package app;
import java.util.Map;
public class Plain {
  public static String greet(Map<String, Object> event) { return "hi " + event.get("name"); }
  public int reflect(String name) throws Exception {
    try {
      return (int) Plain.class.getMethod(name).invoke(null);
    } catch (java.lang.reflect.InvocationTargetException thrown) {
      throw (Exception) thrown.getCause();
    }
  }
  public static int around() throws Exception {
    Exception first = new Exception("first");
    first.initCause(new Exception("second", first));
    throw first;
  }
  public int deep(int n) { return n == 0 ? 0 : deep(n + 1); }
}`,
  'app/Broken.java': `package app;
public class Broken { static { if (true) throw new RuntimeException("at start"); } }`,
}

let classes = ''

const java = (handler: string, rest: Partial<FunctionImage> = {}) => ({
  ...bed.image({}, { runtime: 'java17', handler, memoryMb: 512, ...rest }),
  codeDir: classes,
})

const probe = await bed.run(bed.image({ 'x.txt': '' }, { runtime: 'java17', handler: 'none.None' }))
const skip = probe.outcome === 'missing-runtime' && `Left out: ${probe.payload}`

describe('Handlers of Java runtimes', { skip }, () => {
  before(() => {
    const sources = bed.image(SOURCES).codeDir
    classes = path.join(bed.dir, 'classes')
    const files = Object.keys(SOURCES).map((name) => path.join(sources, name))
    // As functions are built: against the interfaces, without having them in the package.
    const options = ['-d', classes, '-sourcepath', bootstrapPath('java')]
    const quick = ['-J-XX:TieredStopAtLevel=1', '-J-XX:+UseSerialGC']
    const { status, stderr } = spawnSync('javac', [...quick, ...options, ...files])
    assert.equal(status, 0, stderr.toString())
    rmSync(path.join(classes, 'com'), { recursive: true })
    mkdirSync(path.join(classes, 'lib'))
  })

  it('take and give objects', async () => {
    const image = java('app.Typed::handleRequest')
    const event = { 'detail-type': 'd', sizes: [1, 2], shares: { a: 1 }, more: [{}] }
    const ran = await bed.run(image, event)
    assert.deepEqual(JSON.parse(ran.payload), {
      odd: true,
      sum: 3,
      tags: ['a"b', 'ü'],
      text: 'd1{a=1.0}',
    })
    assert.ok(ran.log.includes('one\ntwo\n'))
    assert.ok(ran.log.includes(`pläin ${ran.requestId}\n`))
    assert.equal(JSON.parse((await bed.run(image, event)).payload).text, 'd2{a=1.0}')
    const failed = await bed.run(image, {})
    const { stackTrace, ...rest } = JSON.parse(failed.payload)
    assert.deepEqual(rest, {
      errorMessage: 'no sizes',
      errorType: 'java.lang.IllegalStateException',
    })
    assert.equal(stackTrace[0], 'app.Typed.handleRequest(Typed.java:23)')
    assert.match(failed.log.join(''), /^no sizes: java.lang.IllegalStateException\njava.lang/m)
  })

  it('may be streams, or any public method', async () => {
    assert.equal((await bed.run(java('app.Streams'), { a: 'é' })).payload, '{"a":"é"}')
    assert.equal((await bed.run(java('app.Plain::greet'), { name: 'you' })).payload, '"hi you"')
    const deep = await bed.run(java('app.Plain::deep'), 1)
    assert.equal(JSON.parse(deep.payload).errorType, 'java.lang.StackOverflowError')
    assert.match(deep.log.join(''), /Error: Runtime exited without providing a reason\n/)
  })

  it('fail with the whole way to what they threw, also through reflection', async () => {
    const { errorMessage, stackTrace } = JSON.parse(
      (await bed.run(java('app.Plain::reflect'), 'around')).payload,
    )
    assert.equal(errorMessage, 'first')
    const places = stackTrace.filter((line: string) => line.startsWith('app.'))
    assert.match(places.join(' '), /^app.Plain.around\(\S+ app.Plain.reflect\(\S+$/)
  })

  const unusable: [handler: string, document: object][] = [
    [
      'app.Absent::handle',
      {
        errorMessage: 'Class not found: app.Absent',
        errorType: 'java.lang.ClassNotFoundException',
      },
    ],
    [
      'app.Plain',
      { errorMessage: 'Class does not implement an appropriate handler interface: app.Plain' },
    ],
    [
      'app.Broken::go',
      {
        errorMessage: 'Error loading class app.Broken',
        errorType: 'java.lang.ExceptionInInitializerError',
      },
    ],
  ]
  for (const [handler, document] of unusable) {
    it(`say why they cannot run: ${handler}`, async () => {
      const ran = await bed.run(java(handler))
      assert.equal(ran.functionError, 'Unhandled')
      assert.deepEqual(JSON.parse(ran.payload), document)
    })
  }
})
