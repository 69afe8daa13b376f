using System.Net;
using System.Net.Http.Headers;

namespace Siamese.Training.Datasets;

/// <summary>Downloads a published file from the first mirror that has it sound, going on where an earlier download broke off.</summary>
internal sealed class MirroredDownload(
    HttpClient client, MnistDownloadOptions options, string remedy, IProgress<DownloadProgress>? progress)
{
    /// <summary>Puts a file into a folder. It is there under its name only when it is whole; until then it ends in .part.</summary>
    /// <exception cref="IOException">No mirror had it; the message says why for each.</exception>
    public async Task FetchAsync(PublishedFile file, string directory, CancellationToken cancellationToken)
    {
        var failures = new List<Exception>();
        foreach (Uri mirror in options.Mirrors)
        {
            var address = new Uri(mirror.AbsoluteUri.TrimEnd('/') + '/' + file.CompressedName);
            try
            {
                await FetchAsync(address, file, Path.Combine(directory, file.CompressedName), cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or TimeoutException)
            {
                failures.Add(failure);
            }
        }

        IEnumerable<string> reasons =
            options.Mirrors.Zip(failures, (mirror, failure) => $"{Environment.NewLine}  {mirror}: {failure.Message}");
        throw new IOException(
            $"'{file.CompressedName}' could not be downloaded:{string.Concat(reasons)}{Environment.NewLine}{remedy}",
            new AggregateException(failures));
    }

    private async Task FetchAsync(Uri address, PublishedFile file, string path, CancellationToken cancellationToken)
    {
        string part = path + ".part";
        bool resumed;
        do
        {
            resumed = await ReceiveAsync(address, file, part, cancellationToken).ConfigureAwait(false);
            if (await file.MatchesAsync(part, cancellationToken).ConfigureAwait(false))
            {
                File.Move(part, path, overwrite: true);
                return;
            }

            File.Delete(part);
        }
        while (resumed); // Its beginning may be from another mirror, and another compression of the same data: once more from the start.

        throw new IOException($"what it sent does not have the published checksum, MD5 {file.Md5} when decompressed.");
    }

    /// <returns>True when the part was there before and was gone on with, false when it was received from its start.</returns>
    private async Task<bool> ReceiveAsync(Uri address, PublishedFile file, string part, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(options.StallTimeout);
        try
        {
            long start = File.Exists(part) ? new FileInfo(part).Length : 0;
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Range = start > 0 ? new RangeHeaderValue(start, null) : null;
            using HttpResponseMessage response =
                await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
            if (start > 0 && response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                return true; // Nothing follows the part: it is whole, or not of this file. The checksum decides.
            }

            response.EnsureSuccessStatusCode();
            bool resumed = start > 0 && response.StatusCode == HttpStatusCode.PartialContent;
            if (resumed && response.Content.Headers.ContentRange?.From != start)
            {
                throw new IOException($"it was asked for bytes from {start}, but sent '{response.Content.Headers.ContentRange}'.");
            }

            await CopyAsync(response.Content, file, part, resumed ? start : 0, stall, cancellationToken).ConfigureAwait(false);
            return resumed;
        }
        catch (OperationCanceledException stalled) when (!cancellationToken.IsCancellationRequested)
        {
            // Else the client has a timeout of its own, and says so.
            throw new TimeoutException(
                stall.IsCancellationRequested ? $"it sent nothing for {options.StallTimeout.TotalSeconds} seconds." : stalled.Message,
                stalled);
        }
    }

    private async Task CopyAsync(
        HttpContent content,
        PublishedFile file,
        string part,
        long start,
        CancellationTokenSource stall,
        CancellationToken cancellationToken)
    {
        await using Stream source = await content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
        await using var target = new FileStream(part, start > 0 ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.None);
        long? total = start + content.Headers.ContentLength;
        long received = start;
        var buffer = new byte[1 << 16];
        while (true)
        {
            stall.CancelAfter(options.StallTimeout);
            int read = await source.ReadAsync(buffer, stall.Token).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }

            received += read;
            // No compression of it is longer than the file, but for gzip's header, trailer and five bytes a stored block.
            if (received > file.Length + (file.Length / 1000) + 1024)
            {
                throw new IOException($"it sent more than the {file.Length} bytes that the file has when decompressed.");
            }

            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            progress?.Report(new DownloadProgress(file.CompressedName, received, total));
        }
    }
}
