/** pdf.js brings no types for its worker; importing it is all we do. */
declare module 'pdfjs-dist/legacy/build/pdf.worker.mjs'
