const { createServer } = require('node:http')

const body = 'x'.repeat(1024)
createServer((request, response) => {
  request.resume()
  request.on('end', () => response.end(body))
}).listen(Number(process.argv[2]), '127.0.0.1')
