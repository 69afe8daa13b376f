namespace Siamese.Training.Datasets;

/// <summary>How far the download of one file has come.</summary>
/// <param name="FileName">The file, without its folder.</param>
/// <param name="ReceivedBytes">Bytes on disk, those of an earlier, interrupted download included.</param>
/// <param name="TotalBytes">Bytes that the whole file has; null where the server does not say.</param>
public readonly record struct DownloadProgress(string FileName, long ReceivedBytes, long? TotalBytes);
