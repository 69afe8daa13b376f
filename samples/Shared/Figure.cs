using System.Text;
using Siamese.Pipelines;
using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

/// <summary>A picture with what it shows in words.</summary>
public sealed class Figure
{
    private readonly Picture _picture;

    internal Figure(Picture picture, string title, string description)
    {
        _picture = picture;
        Title = title;
        Description = description;
    }

    /// <summary>Gets the title, which the picture has too.</summary>
    public string Title { get; }

    /// <summary>Gets what is seen, for those who cannot see it: a report gives it as the alternative text.</summary>
    public string Description { get; }

    /// <summary>Gets the width in CSS pixels.</summary>
    public int Width => _picture.Width;

    /// <summary>Gets the height in CSS pixels.</summary>
    public int Height => _picture.Height;

    /// <summary>Draws into pixels.</summary>
    /// <param name="scale">Pixels for each of <see cref="Width"/>, from 0.1 to 10. The default is sharp on fine screens.</param>
    /// <returns>A PNG of (Width × scale, Height × scale), opaque.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The scale is out of range.</exception>
    public byte[] ToPng(double scale = 2)
    {
        if (!(scale is >= 0.1 and <= 10))
        {
            throw new ArgumentOutOfRangeException(nameof(scale), scale, $"scale is {scale}, but must be from 0.1 to 10.");
        }

        return _picture.ToPng(scale);
    }

    /// <summary>Draws into an SVG document, whose texts are texts.</summary>
    public string ToSvg() => _picture.ToSvg();

    /// <summary>Writes the PNG, whole or not at all, and the folders to it where they are missing.</summary>
    /// <param name="path">The file, which is replaced.</param>
    /// <exception cref="IOException">It could not be written.</exception>
    public void SavePng(string path)
    {
        byte[] png = ToPng();
        AtomicFile.Write(path, stream => stream.Write(png));
    }

    /// <summary>Writes the SVG, whole or not at all, and the folders to it where they are missing.</summary>
    /// <inheritdoc cref="SavePng"/>
    public void SaveSvg(string path)
    {
        byte[] svg = Encoding.UTF8.GetBytes(ToSvg());
        AtomicFile.Write(path, stream => stream.Write(svg));
    }
}
