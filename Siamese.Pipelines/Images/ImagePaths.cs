using Microsoft.ML.Data;

namespace Siamese.Pipelines.Images;

/// <summary>How the files that a column of paths names are found and read.</summary>
/// <param name="Folder">What relative paths are relative to; null or empty for the current directory.</param>
/// <param name="File">How a file is read.</param>
internal sealed record ImagePaths(string? Folder, ImageFileOptions File)
{
    /// <summary>Reads the image of a row; errors name the file, the column and the row.</summary>
    /// <exception cref="InvalidOperationException">The row has no path.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file cannot be decoded, is cut short or too large.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public MLImage Read(string path, string column, long row)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            throw new InvalidOperationException(
                $"Column '{column}' has no path in row {row}. Filter such rows out, for example with ml.Data.FilterByCustomPredicate.");
        }

        string file = string.IsNullOrEmpty(Folder) ? path : Path.Combine(Folder, path);
        string Named(Exception exception) => $"{exception.Message} Column '{column}' names the file in row {row}.";
        try
        {
            return ImageFile.Read(file, File);
        }
        catch (FileNotFoundException exception)
        {
            throw new FileNotFoundException(
                Path.IsPathFullyQualified(file) ? Named(exception) : $"{Named(exception)} The path is relative to '{Environment.CurrentDirectory}'.", file, exception);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException(Named(exception), exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new UnauthorizedAccessException(Named(exception), exception);
        }
        catch (IOException exception)
        {
            throw new IOException(Named(exception), exception);
        }
    }
}
